package push

import (
	"encoding/hex"
	"errors"
	"time"
)

// Reasons of our own, for what is refused before anything is sent.
const (
	ReasonMalformedToken = "MalformedToken"
	ReasonMalformedTopic = "MalformedTopic"
)

// maxToken is far above the 64 digits of today: Apple announces no length.
const maxToken = 400

var (
	errToken = errors.New("push token is not hexadecimal: the device has to register again")
	errTopic = errors.New("topic is not a pass type identifier: letters, digits, dots and hyphens")
)

// check refuses what must not get into a URL or a header. Tokens come from
// outside, whoever sent them.
func (n Notification) check(now time.Time) (refused Result, ok bool) {
	if _, err := hex.DecodeString(n.Token); err != nil || n.Token == "" || len(n.Token) > maxToken {
		return Result{Outcome: BadToken, Reason: ReasonMalformedToken, At: now, Err: errToken}, false
	}
	if !plain(n.Topic) || n.Topic == "" || n.CollapseID != "" && !plain(n.CollapseID) {
		return Result{Outcome: Bug, Reason: ReasonMalformedTopic, At: now, Err: errTopic}, false
	}
	return Result{}, true
}

func plain(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
