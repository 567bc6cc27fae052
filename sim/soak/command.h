/** `drydock soak`, and `drydock judge`, which looks at a recording once more. */
#ifndef SIM_SOAK_COMMAND_H
#define SIM_SOAK_COMMAND_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

bool sim_soak_is_verb(const char *verb);

/** The exit status. *@stop: an interrupt came; everything is put away then. */
int sim_soak_command(int argc, char **argv, FILE *out, FILE *err,
                     const volatile sig_atomic_t *stop);

#endif
