package server

import (
	"context"
	"errors"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/outbound"
)

// pictureTimeout is how long a picture may take that a client gives the address of.
const pictureTimeout = 15 * time.Second

// fetchPicture gets pictures for the issuer, from the ports of the web alone.
func (a *Appliance) fetchPicture() func(context.Context, string, int64) ([]byte, error) {
	client := outbound.New(outbound.Options{Allow: prefixes(a.cfg.Outbound.Allow), Timeout: pictureTimeout,
		MaxBody: int64(a.cfg.Outbound.MaxBody), MaxRedirects: a.cfg.Outbound.MaxRedirects, WebPorts: true})
	return func(ctx context.Context, address string, limit int64) ([]byte, error) {
		data, _, err := client.Get(ctx, address, limit)
		if refused, ok := errors.AsType[*outbound.Refused](err); ok {
			return nil, &issuer.Error{Kind: issuer.Invalid, Code: issuer.CodePictureRefused, Msg: "the address is not called", Err: refused}
		}
		return data, err
	}
}
