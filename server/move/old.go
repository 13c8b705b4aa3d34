package move

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Old is an old service, as its clients knew it.
type Old struct {
	URL  string // that the paths of its API come after, without a slash at the end
	User string // brand, API key or user name; empty where keys have none
	Key  string // secret, API key or password
	HTTP *http.Client

	// Elsewhere gets at most limit bytes from an address on another host that a record
	// names, which may be anybody's. A *Refused is what asking again would not change.
	Elsewhere func(ctx context.Context, address string, limit int64) ([]byte, error)
	Now       func() time.Time // nil means time.Now
	// Wait waits; nil means by the clock.
	Wait func(ctx context.Context, d time.Duration) error
	// Waits is told what has to be asked again, and after how long; nil tells nobody.
	Waits func(err error, d time.Duration)
}

func (o *Old) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

// Bounds of what is read and waited for.
const (
	maxAnswer   = 16 << 20 // bytes
	maxFile     = 10 << 20 // of a .pkpass
	maxPicture  = 2 << 20
	tries       = 6
	firstWait   = time.Second
	longestWait = time.Minute
	maxHops     = 4 // addresses that one leads to in turn
)

// get asks for something, signed as the service wants it.
func (o *Old) get(ctx context.Context, path string, sign func(*http.Request)) ([]byte, error) {
	return o.ask(ctx, http.MethodGet, o.URL+path, nil, maxAnswer, sign)
}

// file gets what a record names by its address, for which nobody needs to sign. The
// service's own host is asked wherever it stands, for its owner named it; others are not.
func (o *Old) file(ctx context.Context, address string, limit int64) ([]byte, error) {
	for range maxHops {
		if !o.own(address) {
			return o.elsewhere(ctx, address, limit)
		}
		answer, err := o.ask(ctx, http.MethodGet, address, nil, limit, nil)
		r, ok := errors.AsType[*Refused](err)
		if !ok || r.to == "" {
			return answer, err
		}
		address = r.to
	}
	return nil, unfit("its address leads on and on")
}

// own says whether an address is on the host that the owner named.
func (o *Old) own(address string) bool {
	a, err := url.Parse(address)
	b, also := url.Parse(o.URL)
	return err == nil && also == nil && strings.EqualFold(a.Host, b.Host)
}

// picture gets one by its address, once: a template can do without it.
func (o *Old) picture(ctx context.Context, address string) ([]byte, error) {
	if o.own(address) {
		return o.file(ctx, address, maxPicture)
	}
	return o.Elsewhere(ctx, address, maxPicture)
}

func (o *Old) elsewhere(ctx context.Context, address string, limit int64) ([]byte, error) {
	answer, err := o.patiently(ctx, func() ([]byte, time.Duration, error) {
		data, err := o.Elsewhere(ctx, address, limit)
		return data, 0, err
	})
	if _, ok := errors.AsType[*Refused](err); err != nil && !ok && ctx.Err() == nil {
		err = unfit("%v", err) // that this host is gone says nothing of the service
	}
	return answer, err
}

// ask makes a request until it is answered. A *Refused is a status that asking again
// would not change.
func (o *Old) ask(ctx context.Context, method, address string, body []byte, limit int64, sign func(*http.Request)) ([]byte, error) {
	return o.patiently(ctx, func() ([]byte, time.Duration, error) { return o.try(ctx, method, address, body, limit, sign) })
}

// patiently tries again what failed, later each time or when the other side wants it.
func (o *Old) patiently(ctx context.Context, try func() ([]byte, time.Duration, error)) (answer []byte, err error) {
	wait := firstWait
	for n := 1; ; n++ {
		var after time.Duration
		answer, after, err = try()
		if err == nil || n == tries || ctx.Err() != nil {
			return answer, err
		}
		if r, ok := errors.AsType[*Refused](err); ok && !busy(r.Status) {
			return nil, err
		}
		after = min(longestWait, cmp.Or(after, wait))
		if o.Waits != nil {
			o.Waits(err, after)
		}
		if err := o.wait(ctx, after); err != nil {
			return nil, err
		}
		wait *= 2
	}
}

func (o *Old) wait(ctx context.Context, d time.Duration) error {
	if o.Wait != nil {
		return o.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// busy says whether a status may be another one later; 420 is that of Passworks.
func busy(status int) bool {
	return status == http.StatusTooManyRequests || status == 420 || status >= http.StatusInternalServerError
}

// try makes a request once. after is how long the server wants to be left alone.
func (o *Old) try(ctx context.Context, method, address string, body []byte, limit int64, sign func(*http.Request)) (answer []byte, after time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, 0, unfit("%q is no address", address)
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	if sign != nil {
		sign(r)
	}
	client := *o.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // whoever is there must not get the key
	resp, err := client.Do(r)
	if err != nil {
		return nil, 0, fmt.Errorf("%s does not answer: %w", r.URL.Host, unnamed(err))
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, 0, fmt.Errorf("an answer of %s broke off: %w", r.URL.Host, err)
	}
	if int64(len(answer)) > limit {
		return nil, 0, unfit("the answer has more than %d MiB", limit>>20)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		refused := &Refused{Status: resp.StatusCode, Text: sentence(resp.Status, answer)}
		if to, err := resp.Location(); err == nil {
			refused.to = to.String()
		}
		return nil, time.Duration(max(0, min(seconds, int(longestWait/time.Second)))) * time.Second, refused
	}
	return answer, 0, nil
}

// unnamed is an error without the address that was asked, which may have a key in it.
func unnamed(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// reading ends a read for what concerns the whole account, and passes over a record that
// cannot be had.
func (m *Move) reading(kind, id string, err error) error {
	if r, ok := errors.AsType[*Refused](err); ok && !slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden}, r.Status) && !busy(r.Status) {
		return m.leave(kind, id, err)
	}
	return err
}

// sentence is what an error body says, in whichever service's form.
func sentence(status string, body []byte) string {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(body, &all)
	for _, name := range []string{"detail", "error", "message", "details", "description"} {
		var text string
		if json.Unmarshal(all[name], &text) == nil && strings.TrimSpace(text) != "" {
			return fmt.Sprintf("%s%s (%s)", text, particulars(all), status)
		}
	}
	return status
}

// maxParticulars bounds what is told of what is wrong with single members, in bytes.
const maxParticulars = 500

// particulars are what some services say beside the sentence, as they say it.
func particulars(all map[string]json.RawMessage) string {
	for _, name := range []string{"fieldErrors", "errors"} {
		var out bytes.Buffer
		if json.Compact(&out, all[name]) == nil && out.Len() > len("null") && out.Len() <= maxParticulars {
			return ": " + out.String()
		}
	}
	return ""
}
