// An agent in Go: it lets Drydock pull an image for some tasks at a time, says why
// each image is there, and lets go of everything.
//
//	go build . && ./drydock-agent [-delay SECONDS] IMAGE TASK...
//
// The engine is where DOCKER_HOST says. Calls that wait are made from goroutines:
// each has a thread of its own while it is in C, and callbacks come on Drydock's.
package main

/*
#cgo pkg-config: drydock
#include <stdlib.h>
#include <drydock/agent.h>

// A callback into Go, which cannot be named in C without its declaration.
extern void explained(void *arg, struct dd_explained *image);

static void explained_const(void *arg, const struct dd_explained *image)
{
	explained(arg, (struct dd_explained *)image);
}

static enum dd_status explain_all(struct dd_agent *agent, void *arg)
{
	return dd_agent_explain_wait(agent, explained_const, arg);
}
*/
import "C"

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/cgo"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// Agent is a coordinator of one engine's images.
type Agent struct {
	c *C.struct_dd_agent
}

// Lease is a task's hold on an image.
type Lease struct {
	Image  string
	Caller string
	number C.uint64_t
}

// Image says why an image is there.
type Image struct {
	ID      string
	State   string
	Holders []string
	Next    time.Duration
}

func Open(delay time.Duration) (*Agent, error) {
	var config C.struct_dd_agent_config
	var agent Agent
	why := (*C.char)(C.calloc(1, C.DD_WHY_SIZE))
	defer C.free(unsafe.Pointer(why))

	C.dd_agent_config_init(&config)
	config.coordinator.remove_delay_ns = C.uint64_t(delay.Nanoseconds())
	if C.dd_agent_open_wait(&config, why, C.DD_WHY_SIZE, &agent.c) != C.DD_OK {
		return nil, errors.New(C.GoString(why))
	}
	return &agent, nil
}

// Close lets go of everything; draining, images that nobody uses go at once.
func (a *Agent) Close(drain bool) {
	closing := C.struct_dd_close{drain: C.bool(drain), deadline_ns: 30 * C.DD_SECOND_NS}
	C.dd_agent_close_wait(a.c, &closing)
	C.dd_agent_destroy(a.c)
}

// Pull waits until the image is there and the caller holds it.
func (a *Agent) Pull(reference, caller string, deadline time.Duration) (Lease, error) {
	// What C keeps pointers to must be C's.
	pull := (*C.struct_dd_pull)(C.calloc(1, C.sizeof_struct_dd_pull))
	defer C.free(unsafe.Pointer(pull))
	pull.reference = C.CString(reference)
	defer C.free(unsafe.Pointer(pull.reference))
	pull.caller = C.CString(caller)
	defer C.free(unsafe.Pointer(pull.caller))
	pull.deadline_ns = C.uint64_t(deadline.Nanoseconds())

	var out C.struct_dd_outcome
	if status := C.dd_agent_pull_wait(a.c, pull, &out); status != C.DD_OK {
		return Lease{}, fmt.Errorf("%s: %s", C.GoString(C.dd_status_name(status)),
			C.GoString(&out.text[0]))
	}
	return Lease{C.GoString(&out.image[0]), caller, out.lease}, nil
}

// Release gives a lease back.
func (a *Agent) Release(lease Lease) error {
	image, caller := C.CString(lease.Image), C.CString(lease.Caller)
	defer C.free(unsafe.Pointer(image))
	defer C.free(unsafe.Pointer(caller))

	status := C.dd_agent_release_wait(a.c,
		C.struct_dd_lease{image: image, caller: caller, number: lease.number})
	if status != C.DD_OK {
		return errors.New(C.GoString(C.dd_status_text(status)))
	}
	return nil
}

//export explained
func explained(arg unsafe.Pointer, image *C.struct_dd_explained) {
	images := (*(*cgo.Handle)(arg)).Value().(*[]Image)
	at := Image{
		ID:    C.GoString(image.image),
		State: C.GoString(C.dd_image_state_word(image.state)),
	}
	for _, holder := range unsafe.Slice(image.holders.at, image.holders.count) {
		at.Holders = append(at.Holders, C.GoString(holder))
	}
	if now := C.dd_agent_now(); image.next_ns > now {
		at.Next = time.Duration(image.next_ns - now)
	}
	*images = append(*images, at)
}

// Explain says of every image why it is there.
func (a *Agent) Explain() ([]Image, error) {
	var images []Image
	handle := cgo.NewHandle(&images)
	defer handle.Delete()

	if status := C.explain_all(a.c, unsafe.Pointer(&handle)); status != C.DD_OK {
		return nil, errors.New(C.GoString(C.dd_status_text(status)))
	}
	return images, nil
}

func (a *Agent) report() error {
	images, err := a.Explain()
	for _, image := range images {
		fmt.Printf("image %.19s %s: held by [%s]\n", image.ID, image.State,
			strings.Join(image.Holders, " "))
	}
	return err
}

func run(reference string, tasks []string, delay time.Duration) error {
	agent, err := Open(delay)
	if err != nil {
		return err
	}
	defer agent.Close(true)

	leases := make([]Lease, len(tasks))
	failures := make([]error, len(tasks))
	var all sync.WaitGroup
	for i, task := range tasks {
		all.Add(1)
		go func(i int, task string) {
			defer all.Done()
			leases[i], failures[i] = agent.Pull(reference, task, 10*time.Minute)
		}(i, task)
	}
	all.Wait()
	for i, task := range tasks {
		if failures[i] != nil {
			return fmt.Errorf("%s: %w", task, failures[i])
		}
		fmt.Printf("%s has %s\n", task, leases[i].Image)
	}
	if err := agent.report(); err != nil {
		return err
	}
	for _, lease := range leases {
		if err := agent.Release(lease); err != nil {
			return err
		}
	}
	return agent.report()
}

func main() {
	delay := flag.Float64("delay", 180, "seconds until an image that nobody uses is removed")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "usage: drydock-agent [-delay SECONDS] IMAGE TASK...")
		os.Exit(2)
	}
	seconds := time.Duration(*delay * float64(time.Second))
	if err := run(flag.Arg(0), flag.Args()[1:], seconds); err != nil {
		fmt.Fprintln(os.Stderr, "drydock-agent:", err)
		os.Exit(1)
	}
}
