package apns_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pocketpass/server/simulator/apns"
)

const (
	topic = "pass.com.example.coffee"
	token = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"
)

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o apns.Options) *apns.Service {
	t.Helper()
	o.Now = func() time.Time { return now }
	s, err := apns.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// client is an ordinary HTTP/2 client with a self-signed certificate for topic.
func client(t *testing.T, s *apns.Service) *http.Client {
	t.Helper()
	protocols := &http.Protocols{}
	protocols.SetHTTP2(true)
	tr := &http.Transport{Protocols: protocols, TLSClientConfig: &tls.Config{
		RootCAs: s.Roots(), Certificates: []tls.Certificate{certificate(t)},
	}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		Subject: pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}, Value: topic},
		}},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// answer is what came back.
type answer struct {
	status    int
	Reason    string `json:"reason"`
	Timestamp int64  `json:"timestamp"`
	id        string
}

func do(t *testing.T, c *http.Client, method, url, payload string, header map[string][]string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(payload))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, id: resp.Header.Get("apns-id")}
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	return a
}

func TestChecksOfApple(t *testing.T) {
	s := start(t, apns.Options{})
	c := client(t, s)
	const path = "/3/device/" + token
	one := func(name, value string) map[string][]string { return map[string][]string{name: {value}} }
	tests := []struct {
		name, method, path, payload string
		header                      map[string][]string
		status                      int
		reason                      string
	}{
		{"good", "POST", path, "{}", one("apns-topic", topic), 200, ""},
		{"topic of the certificate", "POST", path, "{}", nil, 200, ""},
		{"method", "GET", path, "{}", nil, 405, "MethodNotAllowed"},
		{"path", "POST", "/2/device/" + token, "{}", nil, 404, "BadPath"},
		{"no token", "POST", "/3/device/", "{}", nil, 400, "MissingDeviceToken"},
		{"token", "POST", "/3/device/coffee", "{}", nil, 400, "BadDeviceToken"},
		{"header twice", "POST", path, "{}", map[string][]string{"apns-priority": {"5", "5"}}, 400, "DuplicateHeaders"},
		{"message id", "POST", path, "{}", one("apns-id", "1"), 400, "BadMessageId"},
		{"topic that is none", "POST", path, "{}", one("apns-topic", "a b"), 400, "BadTopic"},
		{"topic of another", "POST", path, "{}", one("apns-topic", "pass.other"), 400, "TopicDisallowed"},
		{"expiration", "POST", path, "{}", one("apns-expiration", "tomorrow"), 400, "BadExpirationDate"},
		{"priority", "POST", path, "{}", one("apns-priority", "7"), 400, "BadPriority"},
		{"push type", "POST", path, "{}", one("apns-push-type", "wallet"), 400, "InvalidPushType"},
		{"collapse id", "POST", path, "{}", one("apns-collapse-id", strings.Repeat("x", 65)), 400, "BadCollapseId"},
		{"no payload", "POST", path, "", nil, 400, "PayloadEmpty"},
		{"large payload", "POST", path, strings.Repeat("x", 4097), nil, 413, "PayloadTooLarge"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := do(t, c, tt.method, s.URL()+tt.path, tt.payload, tt.header)
			if a.status != tt.status || a.Reason != tt.reason {
				t.Errorf("%d %s, want %d %s", a.status, a.Reason, tt.status, tt.reason)
			}
			if a.id == "" {
				t.Error("no apns-id")
			}
		})
	}
	if s := s.Stats(); s.Accepted != 2 || s.Requests != len(tests) {
		t.Errorf("%+v, want %d requests, 2 accepted", s, len(tests))
	}
}

func TestScriptedAnswer(t *testing.T) {
	s := start(t, apns.Options{})
	c := client(t, s)
	s.AnswerAll(apns.Answer{Status: 503, Reason: "Shutdown"})
	s.AnswerToken(token, apns.Answer{Status: 410, Reason: "Unregistered", Timestamp: now, Times: 2})
	var got []int
	for range 3 {
		a := do(t, c, "POST", s.URL()+"/3/device/"+token, "{}", nil)
		got = append(got, a.status)
		if a.status == 410 && a.Timestamp != now.UnixMilli() {
			t.Errorf("timestamp %d, want %d", a.Timestamp, now.UnixMilli())
		}
	}
	if want := []int{410, 410, 200}; !slices.Equal(got, want) {
		t.Errorf("answers %v, want %v", got, want)
	}
	if a := do(t, c, "POST", s.URL()+"/3/device/00", "{}", nil); a.status != 503 || a.Reason != "Shutdown" {
		t.Errorf("another token: %+v, want the answer to everyone", a)
	}
}

func TestPhonesReceive(t *testing.T) {
	var seen []string
	s := start(t, apns.Options{OnPush: func(p apns.Push) { seen = append(seen, p.Token) }})
	c := client(t, s)
	received := 0
	cancel := s.Subscribe(token, func(got string) {
		if got == topic {
			received++
		}
	})
	push := func(token string) { do(t, c, "POST", s.URL()+"/3/device/"+token, "{}", nil) }
	push(token)
	push("00")
	s.AnswerToken(token, apns.Answer{Status: 410, Reason: "Unregistered", Times: 1})
	push(token) // refused, so not delivered
	cancel()
	push(token)
	if received != 1 || !slices.Equal(seen, []string{token, "00", token}) {
		t.Errorf("the phone received %d pushes, want 1; the service saw %v", received, seen)
	}
}

func TestPushWaitsForPhone(t *testing.T) {
	s := start(t, apns.Options{})
	c := client(t, s)
	send := func(token, expiration string) {
		do(t, c, "POST", s.URL()+"/3/device/"+token, "{}", map[string][]string{"apns-expiration": {expiration}})
	}
	later := strconv.FormatInt(now.Add(time.Hour).Unix(), 10)
	send("01", later)
	send("01", later)
	send("02", "0")
	for token, want := range map[string]int{"01": 1, "02": 0, "03": 0} {
		received := 0
		s.Subscribe(token, func(string) { received++ })()
		if received != want {
			t.Errorf("phone %s found %d pushes waiting, want %d", token, received, want)
		}
	}
}

func TestLogIsBounded(t *testing.T) {
	s := start(t, apns.Options{LogPerToken: 3})
	c := client(t, s)
	for i := range 5 {
		do(t, c, "POST", s.URL()+"/3/device/"+token, "{}", map[string][]string{"apns-collapse-id": {strconv.Itoa(i)}})
	}
	var ids []string
	for _, p := range s.Log(token) {
		ids = append(ids, p.CollapseID)
	}
	if want := []string{"2", "3", "4"}; !slices.Equal(ids, want) {
		t.Errorf("log %v, want %v", ids, want)
	}
}

func TestConnectionOutlivesItsFirstWindow(t *testing.T) {
	s := start(t, apns.Options{})
	c := client(t, s)
	payload := strings.Repeat("x", 4000)
	for range 40 { // 160 kB up, through a window of 64 kB
		if a := do(t, c, "POST", s.URL()+"/3/device/"+token, payload, nil); a.status != 200 {
			t.Fatalf("answer %+v", a)
		}
	}
	if n := s.Stats().Connections; n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

func TestClientWithoutCertificate(t *testing.T) {
	s := start(t, apns.Options{})
	conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: s.Roots(), NextProtos: []string{"h2"}}}).DialContext(context.Background(), "tcp", s.Addr())
	if err == nil {
		defer conn.Close()
		_, err = conn.Read(make([]byte, 1))
	}
	if err == nil || !strings.Contains(err.Error(), "certificate required") {
		t.Errorf("error %v, want a refusal", err)
	}
}

func TestStartAgain(t *testing.T) {
	s := start(t, apns.Options{})
	addr := s.Addr()
	if err := s.Start(); err == nil {
		t.Error("started twice")
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if err := s.Start(); err != nil || s.Addr() != addr {
		t.Errorf("start again: %v at %s, want %s", err, s.Addr(), addr)
	}
}

func TestRootsPEM(t *testing.T) {
	s := start(t, apns.Options{})
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(s.RootsPEM()) || !pool.Equal(s.Roots()) {
		t.Error("RootsPEM and Roots differ")
	}
}
