package push

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/sideshow/apns2"
)

// maxAnswer is ample for a reason and a timestamp.
const maxAnswer = 4 << 10

// answer carries what apns2 has no place for through the request's context:
// down, that the push type is to be absent (apns2 would say "alert"); up,
// Retry-After, milliseconds of the timestamp, and the status of an answer whose
// body is not JSON, as proxies give.
type answer struct {
	absentType bool
	Reason     string `json:"reason"`
	Timestamp  int64  `json:"timestamp"` // milliseconds since 1970
	retryAfter string
}

type answerKey struct{}

func answerOf(req *http.Request) *answer {
	a, _ := req.Context().Value(answerKey{}).(*answer)
	return a
}

// read takes the facts out of resp and leaves it without a body.
func (a *answer) read(resp *http.Response) {
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		a.retryAfter = resp.Header.Get("Retry-After")
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		_ = json.Unmarshal(body, a) // what is not JSON has no reason, and its status decides
	}
	resp.Body = http.NoBody
}

func (a *answer) result(resp *apns2.Response, now time.Time) Result {
	r := Result{
		Outcome:    outcomeOf(resp.StatusCode, a.Reason),
		Status:     resp.StatusCode,
		Reason:     a.Reason,
		At:         now,
		ID:         resp.ApnsID,
		RetryAfter: waitOf(a.retryAfter, now),
	}
	if a.Timestamp > 0 {
		r.Timestamp = time.UnixMilli(a.Timestamp)
	}
	return r
}

// waitOf reads a Retry-After header: seconds or a date.
func waitOf(header string, now time.Time) time.Duration {
	if s, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(s) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
