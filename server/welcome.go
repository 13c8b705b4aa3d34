package server

import (
	"fmt"
	"io"
)

// Screen is what somebody who starts the server for the first time has to know.
type Screen struct {
	Version string
	Address string // base URL
	Data    string // path of the data folder
	HasKey  bool   // an admin key was configured
}

// Welcome writes the screen of a first start.
func Welcome(w io.Writer, s Screen) error {
	key := "pocketpass key create --role admin --name me"
	if s.HasKey {
		key = "the one in admin_key"
	}
	_, err := fmt.Fprintf(w, `
  Pocketpass %s runs. This was its first start.

  Address      %s
  Data folder  %s
  Key          %s
  Next step    open the address, or see a pass on a phone without an
               Apple account: pocketpass demo

`, s.Version, s.Address, s.Data, key)
	return err
}
