// Command commonplace runs an open educational resources repository and works with one. See README.md, or run it with
// --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := context.WithCancel(context.Background())
	asked := make(chan os.Signal, 2)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-asked
		stop()
		endBy(<-asked)
	}()
	code := run(ctx, &session{
		args: os.Args[1:], in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ(), terminal: isTerminal(os.Stderr),
	})
	os.Exit(code)
}

// endBy ends this process as the signal ends any program: it is the second one, for what takes too long after the first.
func endBy(s os.Signal) {
	signal.Reset()
	if self, err := os.FindProcess(os.Getpid()); err != nil || self.Signal(s) != nil {
		os.Exit(1)
	}
}
