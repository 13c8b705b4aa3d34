package server

import (
	"fmt"
	"io"
	"net/netip"
)

// Screen is what somebody who starts the server for the first time has to know.
type Screen struct {
	Version    string
	Address    string // base URL
	Data       string // path of the data folder
	KeyCommand string // that makes an admin key, from any folder; empty means that one was configured
	Warning    string // of Appliance; empty means none
}

// Welcome writes the screen of a first start.
func Welcome(w io.Writer, s Screen) error {
	key := "the one in admin_key"
	if s.KeyCommand != "" {
		key = "make one, from any folder, as the user that runs the server:\n               " + s.KeyCommand
	}
	if s.Warning != "" {
		s.Warning = "\n  Warning      " + s.Warning + "\n"
	}
	_, err := fmt.Fprintf(w, `
  Pocketpass %s runs. This was its first start.

  Address      %s
  Data folder  %s
  Key          %s
  Next step    open the address, or see a pass on a phone without an
               Apple account: pocketpass demo
%s
`, s.Version, s.Address, s.Data, key, s.Warning)
	return err
}

// Warning says in a sentence what is wrong with the address that passes are
// given; "" means nothing.
func (a *Appliance) Warning() string {
	if a.cfg.BaseURL != "" || a.cfg.TLS.Mode == TLSACME || a.opts.Local || onLoopback(a.Server.Addr("listen")) {
		return ""
	}
	return fmt.Sprintf("base_url is not set: passes that are issued now name %s, which phones do not reach, and never update. "+
		"Set base_url to the public https address first", a.baseURL)
}

func onLoopback(address string) bool {
	addr, err := netip.ParseAddrPort(address)
	return err == nil && addr.Addr().Unmap().IsLoopback()
}
