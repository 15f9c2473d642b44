// host PLUGIN CALLS: on standard output the median time of a small call, in microseconds, and from a kill of the plugin to the next
// answered call, in milliseconds.
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

const restarts = 15

func start(program string) (*plugin.Client, *echo.Client, error) {
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: echo.Handshake,
		Plugins:         map[string]plugin.Plugin{"echo": &echo.Plugin{}},
		Cmd:             exec.Command(program),
		Logger:          hclog.NewNullLogger(),
	})
	protocol, err := client.Client()
	if err != nil {
		return client, nil, err
	}
	raw, err := protocol.Dispense("echo")
	if err != nil {
		return client, nil, err
	}
	return client, raw.(*echo.Client), nil
}

func median(values []float64) float64 {
	sort.Float64s(values)
	return values[len(values)/2]
}

func since(began time.Time) float64 { return float64(time.Since(began).Nanoseconds()) / 1000 }

func run() error {
	calls, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	client, remote, err := start(os.Args[1])
	defer func() { client.Kill() }()
	if err != nil {
		return err
	}
	request := make([]byte, 8)
	times := make([]float64, 0, calls)
	for i := 0; i < calls; i++ {
		began := time.Now()
		if _, err := remote.Call(request); err != nil {
			return err
		}
		times = append(times, since(began))
	}
	again := make([]float64, 0, restarts)
	for i := 0; i < restarts; i++ {
		process, err := os.FindProcess(client.ReattachConfig().Pid)
		if err != nil {
			return err
		}
		began := time.Now()
		if err := process.Kill(); err != nil {
			return err
		}
		// A host of go-plugin finds out by a call that fails, and starts the next by itself.
		for err == nil {
			_, err = remote.Call(request)
		}
		client.Kill()
		client, remote, err = start(os.Args[1])
		if err != nil {
			return err
		}
		if _, err := remote.Call(request); err != nil {
			return err
		}
		again = append(again, since(began)/1000)
	}
	fmt.Println(median(times), median(again))
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
