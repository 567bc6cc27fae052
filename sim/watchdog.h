/**
 * Ends this process, by SIGXCPU, when one run takes too much CPU time: a step of the
 * coordinator that never comes back cannot be ended from inside the simulation.
 *
 * Units:     nanoseconds of CPU time, wherever they are spent.
 * Threading: one watchdog in a process.
 */
#ifndef SIM_WATCHDOG_H
#define SIM_WATCHDOG_H

#include <stdint.h>

/** @run_number changes when another run begins; it must outlive the process's last
 * run. Aborts if there can be no timer. */
void sim_watchdog_start(const volatile uint64_t *run_number, uint64_t limit_ns);

#endif
