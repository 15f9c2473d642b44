// Package echo is the smallest plugin there can be for HashiCorp's go-plugin: bytes in, the same bytes out, over net/rpc, the
// faster of its two transports.
package echo

import (
	"net/rpc"

	"github.com/hashicorp/go-plugin"
)

// Handshake is what host and plugin must agree on.
var Handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "QUAYSIDE_BENCH", MagicCookieValue: "echo"}

// Server answers in the plugin's process.
type Server struct{}

// Call answers its request.
func (*Server) Call(request []byte, reply *[]byte) error {
	*reply = request
	return nil
}

// Client asks from the host's process.
type Client struct{ rpc *rpc.Client }

// Call is one round trip.
func (c *Client) Call(request []byte) ([]byte, error) {
	var reply []byte
	err := c.rpc.Call("Plugin.Call", request, &reply)
	return reply, err
}

// Plugin makes both ends.
type Plugin struct{}

// Server is go-plugin's interface.
func (*Plugin) Server(*plugin.MuxBroker) (interface{}, error) { return &Server{}, nil }

// Client is go-plugin's interface.
func (*Plugin) Client(_ *plugin.MuxBroker, c *rpc.Client) (interface{}, error) { return &Client{rpc: c}, nil }
