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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends what takes too long, as it ends any program
	code := run(ctx, &session{
		args: os.Args[1:], in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ(), terminal: isTerminal(os.Stderr),
	})
	stop()
	os.Exit(code)
}
