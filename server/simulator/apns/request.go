package apns

import (
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"
)

const (
	statusOK   = http.StatusOK
	devicePath = "/3/device/"
	maxPayload = 4096
)

// request is one stream's request.
type request struct {
	method, path string
	fields       []hpack.HeaderField
	payload      []byte
	topic        string // of the client certificate
}

func newRequest(fields []hpack.HeaderField, certTopic string) *request {
	r := &request{topic: certTopic}
	for _, f := range fields {
		switch {
		case f.Name == ":method":
			r.method = f.Value
		case f.Name == ":path":
			r.path = f.Value
		case strings.HasPrefix(f.Name, "apns-"):
			r.fields = append(r.fields, f)
		}
	}
	return r
}

func (r *request) header(name string) string {
	for _, f := range r.fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

func (r *request) token() string { return strings.TrimPrefix(r.path, devicePath) }

// refusal is a status with a reason; the zero refusal is none.
type refusal struct {
	status int
	reason string
}

// checks are Apple's, in this order.
var checks = []struct {
	refusal
	fails func(*request) bool
}{
	{refusal{405, "MethodNotAllowed"}, func(r *request) bool { return r.method != http.MethodPost }},
	{refusal{404, "BadPath"}, func(r *request) bool { return !strings.HasPrefix(r.path, devicePath) }},
	{refusal{403, "BadCertificate"}, func(r *request) bool { return r.topic == "" }},
	{refusal{400, "MissingDeviceToken"}, func(r *request) bool { return r.token() == "" }},
	{refusal{400, "DuplicateHeaders"}, func(r *request) bool { return repeats(r.fields) }},
	{refusal{400, "BadMessageId"}, failing("apns-id", uuid.MatchString)},
	{refusal{400, "BadTopic"}, failing("apns-topic", topicWord.MatchString)},
	{refusal{400, "TopicDisallowed"}, func(r *request) bool { return r.pushTopic() != r.topic }},
	{refusal{400, "BadExpirationDate"}, failing("apns-expiration", isUnixSeconds)},
	{refusal{400, "BadPriority"}, failing("apns-priority", among("1", "5", "10"))},
	{refusal{400, "InvalidPushType"}, failing("apns-push-type", among(pushTypes...))},
	{refusal{400, "BadCollapseId"}, failing("apns-collapse-id", func(v string) bool { return len(v) <= 64 })},
	{refusal{413, "PayloadTooLarge"}, func(r *request) bool { return len(r.payload) > maxPayload }},
	{refusal{400, "PayloadEmpty"}, func(r *request) bool { return len(r.payload) == 0 }},
	{refusal{400, "BadDeviceToken"}, func(r *request) bool { _, err := hex.DecodeString(r.token()); return err != nil }},
}

var (
	uuid      = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	topicWord = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	pushTypes = []string{"alert", "background", "complication", "controls", "fileprovider", "liveactivity",
		"location", "mdm", "pushtotalk", "voip", "widgets"}
)

// judge returns the first check that r fails.
func (r *request) judge() refusal {
	for _, c := range checks {
		if c.fails(r) {
			return c.refusal
		}
	}
	return refusal{}
}

// pushTopic is the topic of the header; a certificate for one topic may do without.
func (r *request) pushTopic() string {
	if t := r.header("apns-topic"); t != "" {
		return t
	}
	return r.topic
}

// failing tells whether a header that is there is not valid.
func failing(name string, valid func(string) bool) func(*request) bool {
	return func(r *request) bool {
		v := r.header(name)
		return v != "" && !valid(v)
	}
}

func among(words ...string) func(string) bool {
	return func(v string) bool { return slices.Contains(words, v) }
}

func repeats(fields []hpack.HeaderField) bool {
	for i, f := range fields {
		for _, g := range fields[:i] {
			if f.Name == g.Name {
				return true
			}
		}
	}
	return false
}

func unixSeconds(v string) (int64, bool) {
	n, err := strconv.ParseInt(v, 10, 64)
	return n, err == nil && n >= 0
}

func isUnixSeconds(v string) bool {
	_, ok := unixSeconds(v)
	return ok
}
