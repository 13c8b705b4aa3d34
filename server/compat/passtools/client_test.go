package passtools_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"pocketpass/server/servertest"
)

// shop sends requests as one of the old clients did: a function for each is the client.
type shop func(t testing.TB, method, path string, data any) *servertest.Answer

// jsonText is data as a client writes it, in ASCII.
func jsonText(t testing.TB, data any) string {
	t.Helper()
	if text, ok := data.(string); ok {
		return text
	}
	raw, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// latinEscape escapes a text as Java does for ISO 8859-1; other characters become a
// question mark.
func latinEscape(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r > 0xff {
			r = '?'
		}
		b.WriteByte(byte(r))
	}
	return url.QueryEscape(b.String())
}

// java is SDK 1.0, or 1.2 with the revision and the character set in its headers.
func (a *account) java(key string, headers ...string) shop {
	return func(t testing.TB, method, path string, data any) *servertest.Answer {
		t.Helper()
		if method == "GET" || method == "DELETE" {
			return a.Anonymous().Send(t, method, base+path+join(path)+"api_key="+url.QueryEscape(key), nil, headers...)
		}
		body := "api_key=" + url.QueryEscape(url.QueryEscape(key))
		if data != nil {
			body = "json=" + latinEscape(strings.ReplaceAll(jsonText(t, data), "/", `\/`)) + "&" + body
		}
		return a.Anonymous().Send(t, method, base+path, body, append([]string{formType, "Accept: application/json", noEncoding}, headers...)...)
	}
}

func (a *account) java2(key string) shop {
	return a.java(key, latinType, rev12, "Accept: application/json")
}

// ruby is the gem, with the revision in the headers of 1.2.0.
func (a *account) ruby(headers ...string) shop {
	return func(t testing.TB, method, path string, data any) *servertest.Answer {
		t.Helper()
		headers := append([]string{"Accept: application/json", "User-Agent: passtools-gem-0.4.6"}, headers...)
		if method == "GET" || method == "DELETE" {
			return a.Anonymous().Send(t, method, base+path+join(path)+"api_key="+a.key, nil, headers...)
		}
		body := url.Values{"api_key": {a.key}}
		if data != nil {
			body.Set("json", jsonText(t, data))
		}
		return a.Anonymous().Send(t, method, base+path, body.Encode(), append(headers, formType, "Multipart: true")...)
	}
}

// python0 is SDK 1.0.0 to 1.0.3, which escapes nothing in a query.
func (a *account) python0(t testing.TB, method, path string, data any) *servertest.Answer {
	t.Helper()
	if method == "GET" || method == "DELETE" {
		return a.Anonymous().Send(t, method, base+path+join(path)+"api_key="+a.key, nil)
	}
	body := url.Values{"api_key": {a.key}}
	if data != nil {
		body.Set("json", jsonText(t, data))
	}
	return a.Anonymous().Send(t, method, base+path, body.Encode(), formType, "Accept: */*")
}

// python4 is SDK 1.0.4, which sends everything in the query.
func (a *account) python4(t testing.TB, method, path string, data any) *servertest.Answer {
	t.Helper()
	query := url.Values{"api_key": {a.key}}
	if data != nil {
		query.Set("json", jsonText(t, data))
	}
	return a.Anonymous().Send(t, method, base+path+join(path)+query.Encode(), nil, formType, "Accept: */*")
}

// python2 is the line of 1.2, which sends data in the body of every method.
func (a *account) python2(t testing.TB, method, path string, data url.Values) *servertest.Answer {
	t.Helper()
	return a.Anonymous().Send(t, method, base+path+join(path)+"api_key="+a.key, data.Encode(), formType, "Accept: */*", rev12)
}

// later is the last Python library, which sends JSON as it is.
func (a *account) later(t testing.TB, method, path string, data any) *servertest.Answer {
	t.Helper()
	headers := []string{rev12, "User-Agent: UAReachPythonLib/0.1", "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ops@example.net:"+a.key))}
	if data == nil {
		return a.Anonymous().Send(t, method, base+path, nil, headers...)
	}
	return a.Anonymous().Send(t, method, base+path, jsonText(t, data), append(headers, "Content-type: application/json")...)
}

func join(path string) string {
	if strings.Contains(path, "?") {
		return "&"
	}
	return "?"
}

// form is a document as the only field of a form.
func form(t testing.TB, data any) url.Values {
	t.Helper()
	return url.Values{"json": {jsonText(t, data)}}
}

// text is a member of an answer that has to be a string, number one that has to be a number.
func text(t testing.TB, o members, name string) string {
	t.Helper()
	s, ok := o[name].(string)
	if !ok {
		t.Errorf("%s is %v (%T), want a string", name, o[name], o[name])
	}
	return s
}

func number(t testing.TB, o members, name string) string {
	t.Helper()
	n, ok := o[name].(float64)
	if !ok {
		t.Errorf("%s is %v (%T), want a number", name, o[name], o[name])
	}
	raw, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func object(t testing.TB, o members, name string) members {
	t.Helper()
	v, ok := o[name].(members)
	if !ok {
		t.Fatalf("%s is %v, want an object", name, o[name])
	}
	return v
}

func list(t testing.TB, o members, name string) []any {
	t.Helper()
	v, ok := o[name].([]any)
	if !ok {
		t.Fatalf("%s is %v, want a list", name, o[name])
	}
	return v
}
