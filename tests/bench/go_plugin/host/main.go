// host PLUGIN CALLS: the median time of a small call, in microseconds, on standard output.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"time"

	"quayside/bench/echo"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
)

func run() error {
	calls, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: echo.Handshake,
		Plugins:         map[string]plugin.Plugin{"echo": &echo.Plugin{}},
		Cmd:             exec.Command(os.Args[1]),
		Logger:          hclog.NewNullLogger(),
	})
	defer client.Kill()
	protocol, err := client.Client()
	if err != nil {
		return err
	}
	raw, err := protocol.Dispense("echo")
	if err != nil {
		return err
	}
	request := make([]byte, 8)
	times := make([]float64, 0, calls)
	for i := 0; i < calls; i++ {
		began := time.Now()
		if _, err := raw.(*echo.Client).Call(request); err != nil {
			return err
		}
		times = append(times, float64(time.Since(began).Nanoseconds())/1000)
	}
	sort.Float64s(times)
	fmt.Println(times[len(times)/2])
	return nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: host PLUGIN CALLS")
		os.Exit(2)
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
