package storytest_test

import (
	"bytes"
	"mime/multipart"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"pocketpass/server/servertest"
)

// request is one of a story with everything filled in.
type request struct {
	number       string // $n of it
	method, path string
	body         any
	headers      []string
}

var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}

// header is one like If-Match: "3", above the body.
var header = regexp.MustCompile(`^[A-Z][A-Za-z-]*: `)

// all sends a request n times at once and holds the answers against what is expected.
func (p *player) all(err error, s *step, words []string, n int) error {
	p.Helper()
	if err != nil {
		return err
	}
	if len(words) != 2 || !slices.Contains(methods, words[0]) {
		return faultf(s.number, "%q is no step; a request is a method and a path", strings.Join(words, " "))
	}
	if len(s.wanted) == 0 {
		return faultf(s.number, "no answer is expected; write its status below")
	}
	requests := make([]request, n)
	for k := range requests {
		if n > 1 {
			p.names["n"] = strconv.Itoa(k + 1)
		}
		if requests[k], err = p.request(s, words[0], words[1]); err != nil {
			return err
		}
	}
	return p.judge(s, requests, p.send(requests))
}

func (p *player) request(s *step, method, path string) (r request, err error) {
	r = request{number: p.names["n"], method: method}
	if r.path, err = p.fill(s.number, path); err != nil {
		return r, err
	}
	r.path, err = p.address(s, r.path)
	lines := s.body
	for len(lines) > 0 && err == nil && header.MatchString(lines[0].text) {
		var h string
		h, err = p.fill(lines[0].number, lines[0].text)
		r.headers, lines = append(r.headers, h), lines[1:]
	}
	var text strings.Builder
	for _, l := range lines {
		filled, bad := p.fill(l.number, l.text)
		if bad != nil {
			return r, bad
		}
		text.WriteString(filled + "\n")
	}
	if err == nil && text.Len() > 0 {
		err = r.take(p, s.number, strings.TrimSuffix(text.String(), "\n"))
	}
	return r, err
}

// address is a path of the server: those of stories are below the native API, unless they
// are links that the server gave.
func (p *player) address(s *step, path string) (string, error) {
	if strings.HasPrefix(path, "/") {
		return "/api/v1" + path, nil
	}
	own, ok := strings.CutPrefix(path, p.BaseURL())
	if !ok {
		return "", faultf(s.number, "%s is no path, and no link of %s", path, p.BaseURL())
	}
	return own, nil
}

// take makes text the body: JSON, or a form of name=text and name=@file.
func (r *request) take(p *player, number int, text string) error {
	parts, ok := strings.CutPrefix(text, "form ")
	if !ok {
		r.body = text
		return nil
	}
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, part := range strings.Fields(parts) {
		name, value, _ := strings.Cut(part, "=")
		file, isFile := strings.CutPrefix(value, "@")
		err := error(nil)
		if isFile {
			err = p.attach(w, name, file)
		} else {
			err = w.WriteField(name, value)
		}
		if err != nil {
			return fault{number, err}
		}
	}
	err := w.Close()
	r.body, r.headers = out.Bytes(), append(r.headers, "Content-Type: "+w.FormDataContentType())
	return err
}

// attach adds a table or an answer that was kept, or else a file beside the stories.
func (p *player) attach(w *multipart.Writer, name, file string) error {
	content, kept := p.names[file]
	if !kept {
		data, err := os.ReadFile(filepath.Join(stories, file))
		if err != nil {
			return err
		}
		content = string(data)
	}
	part, err := w.CreateFormFile(name, filepath.Base(file))
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	return err
}

// send makes requests all at once.
func (p *player) send(requests []request) []*servertest.Answer {
	p.Helper()
	answers := make([]*servertest.Answer, len(requests))
	var under sync.WaitGroup
	for k, r := range requests {
		under.Go(func() { answers[k] = p.caller.Send(p, r.method, r.path, r.body, r.headers...) })
	}
	under.Wait()
	return answers
}
