package issuer

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Limits of pictures that are fetched for one request.
const (
	maxPicture      = 2 << 20  // bytes of one
	maxPictures     = 10 << 20 // bytes of all
	pictureTime     = 15 * time.Second
	picturesTime    = 30 * time.Second
	pictureFetchers = 4
)

// CodePictureRefused is the code of an *Error for an address that is never called.
const CodePictureRefused = "image_url_refused"

const codePictureFailed = "image_fetch_failed"

// FetchPictures gets pictures from addresses that a client named, all of them or none.
// Both maps are by the names that the client gave them, at which it is told what is
// wrong; it is never told what the other side answered.
func (i *Issuer) FetchPictures(ctx context.Context, addresses map[string]string) (map[string][]byte, error) {
	ctx, stop := context.WithTimeout(ctx, picturesTime)
	defer stop()
	names := slices.Sorted(maps.Keys(addresses))
	got := make([][]byte, len(names))
	var total atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(pictureFetchers)
	for n, name := range names {
		g.Go(func() (err error) {
			got[n], err = i.fetchPicture(ctx, name, addresses[name])
			if err == nil && total.Add(int64(len(got[n]))) > maxPictures {
				err = invalid(pointer(name), codePictureFailed, "%s: the pictures together have more than 10 MiB; make them smaller", name)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := make(map[string][]byte, len(names))
	for n, name := range names {
		out[name] = got[n]
	}
	return out, nil
}

func (i *Issuer) fetchPicture(ctx context.Context, name, address string) ([]byte, error) {
	e := invalid(pointer(name), codePictureFailed, "%s: the picture could not be fetched; check its address, and that it has at most 2 MiB", name)
	if i.cfg.FetchPicture == nil {
		return nil, e
	}
	ctx, stop := context.WithTimeout(ctx, pictureTime)
	defer stop()
	data, err := i.cfg.FetchPicture(ctx, address, maxPicture)
	if refused, ok := errors.AsType[*Error](err); ok && refused.Code == CodePictureRefused {
		e = invalid(pointer(name), CodePictureRefused, "%s: this address is not called; give a public one that begins with http:// or https://", name)
	}
	if e.Err = err; err != nil {
		return nil, e
	}
	return data, nil
}
