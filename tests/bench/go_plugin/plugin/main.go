// The plugin's process; the host starts it.
package main

import (
	"quayside/bench/echo"

	"github.com/hashicorp/go-plugin"
)

func main() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: echo.Handshake,
		Plugins:         map[string]plugin.Plugin{"echo": &echo.Plugin{}},
	})
}
