package issuer

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pocketpass/push"
)

const (
	codeUpToDate     = "up_to_date"
	codeRefused      = "update_refused"
	codeNotInstalled = "not_installed"
)

// verdict follows the change from the phone back to the queue: the last step
// that was seen is the answer.
func (c deviceCase) verdict() Verdict {
	for _, judge := range []func() (Verdict, bool){
		c.refused, c.current, c.fetchFailed, c.complained, c.fetchedByOne, c.toldNotFetched, c.waiting, c.pushFailed, c.notAsked,
	} {
		if v, ok := judge(); ok {
			return v
		}
	}
	return Verdict{"no_push", "this change was not pushed to the phone, and it has not asked", "change the pass again, or ask the holder to pull the pass's details down to refresh"}
}

func (c deviceCase) changed() time.Time { return time.UnixMilli(c.version.At) }

// refused is told by the phone's log alone: it got the file all right.
func (c deviceCase) refused() (Verdict, bool) {
	v, ok := c.complained()
	return v, ok && v.Code == codeRefused
}

// complained looks at the last line of the log, unless the phone has fetched since
// or the line is too old.
func (c deviceCase) complained() (Verdict, bool) {
	if c.Log.At.Before(c.changed()) || c.Log.At.Before(c.Fetched) || c.now.Sub(c.Log.At) > keepLine {
		return Verdict{}, false
	}
	for _, k := range causes {
		if strings.Contains(c.Log.Text, k.part) {
			return Verdict{k.verdict, k.means + "; it logged so at " + clock(c.Log.At), k.next}, true
		}
	}
	return Verdict{}, false
}

func (c deviceCase) current() (Verdict, bool) {
	switch {
	case c.FetchedRevision >= c.version.Revision && ok(c.FetchedStatus):
		v := Verdict{codeUpToDate, "the phone fetched the newest version at " + clock(c.Fetched), "nothing is to be done"}
		if c.silent {
			v.Sentence += "; it showed no notice, because no field has a changeMessage"
			v.Next = "give a field a changeMessage with %@ if the holder should notice"
		}
		return v, true
	case c.Fetched.IsZero() && c.Revision > c.version.Revision:
		return Verdict{codeUpToDate, "the phone added the pass after its last change, at " + clock(c.Created), "nothing is to be done"}, true
	}
	return Verdict{}, false
}

func ok(status int) bool { return status == http.StatusOK || status == http.StatusNotModified }

func (c deviceCase) fetchFailed() (Verdict, bool) {
	if c.Fetched.Before(c.changed()) || ok(c.FetchedStatus) {
		return Verdict{}, false
	}
	at := clock(c.Fetched)
	switch c.FetchedStatus {
	case http.StatusUnauthorized:
		return Verdict{"token_refused", "the phone asked for the new version at " + at + " with a wrong authentication token and was refused",
			"check that the reverse proxy passes the Authorization header on; if the token was changed, the holder must add the pass again"}, true
	case http.StatusServiceUnavailable:
		return Verdict{"cannot_sign", "the phone asked for the new version at " + at + ", but it could not be signed",
			"look at the certificate's state and import its successor"}, true
	}
	return Verdict{"server_error", "the phone asked for the new version at " + at + " and got an error from this server", "look for that time in the server's log"}, true
}

// fetchedByOne knows what is known of a phone that shares its address.
func (c deviceCase) fetchedByOne() (Verdict, bool) {
	if c.SharedFetch.IsZero() || c.SharedRevision < c.version.Revision {
		return Verdict{}, false
	}
	return Verdict{"fetched_by_one", "the newest version was fetched at " + clock(c.SharedFetch) + " from an address that several phones share; which of them is not known",
		"look at the phone; if it still shows the old version, the holder can pull the pass's details down to refresh"}, true
}

func (c deviceCase) toldNotFetched() (Verdict, bool) {
	told, err := strconv.ParseUint(c.Device.ListedTag, 10, 64)
	if err != nil || told < c.version.Revision || c.Device.Listed.Before(c.Fetched) {
		return Verdict{}, false
	}
	return Verdict{"not_fetched", "the phone was told of the change at " + clock(c.Device.Listed) + " but has not fetched the pass",
		"wait a minute; if it stays so, the download is blocked or too slow: fetch the pass file from outside your network and look at its size"}, true
}

func (c deviceCase) waiting() (Verdict, bool) {
	if c.queued == nil {
		return Verdict{}, false
	}
	if c.queued.Attempts == 0 {
		return Verdict{"push_waiting", "the push is queued and has not been sent yet", "wait a moment and look again"}, true
	}
	meaning, remedy := explain(c.Device.Pushed.Reason)
	next := "next try at " + clock(c.queued.Due)
	if c.Device.Pushed.Outcome == string(push.Stop) {
		next = "next try once a push of this pass type, sent now and then, gets through"
	}
	return Verdict{"push_retrying", fmt.Sprintf("the push was tried %d times, last at %s: %s; %s",
		c.queued.Attempts, clock(c.Device.Pushed.At), meaning, next), remedy}, true
}

func (c deviceCase) pushFailed() (Verdict, bool) {
	p := c.Device.Pushed
	if p.Outcome == "" || p.Outcome == string(push.Accepted) || p.Revision < c.version.Revision {
		return Verdict{}, false
	}
	meaning, remedy := explain(p.Reason)
	return Verdict{"push_failed", "the push at " + clock(p.At) + " failed: " + meaning, remedy}, true
}

func (c deviceCase) notAsked() (Verdict, bool) {
	p := c.Device.Pushed
	if p.Outcome != string(push.Accepted) || p.Revision < c.version.Revision {
		return Verdict{}, false
	}
	if c.Device.Listed.After(p.At) {
		return Verdict{"told_nothing_new", "the phone asked at " + clock(c.Device.Listed) + " after the push with a tag that covers the change: it was told before, and has not fetched the pass",
			"the download is blocked or too slow, or this database was restored from a backup: fetch the pass file from outside your network; the holder can add the pass again from its page"}, true
	}
	return Verdict{"not_asked", "the push service took the push at " + clock(p.At) + ", and the phone has not asked since",
		"the phone is off, offline, saving power, or automatic updates are switched off for this pass: it asks when that ends; the holder can pull the pass's details down to refresh at once"}, true
}

func explain(reason string) (meaning, remedy string) {
	if reason == ReasonNoCertificate {
		return "no valid certificate could send it", "import a valid certificate; what waits is sent then"
	}
	return push.Explain(reason)
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
