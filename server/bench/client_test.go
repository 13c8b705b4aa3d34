package bench_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
)

// client speaks HTTP/1.1 over one connection and does as little as it can, for what
// it does is measured too: it shares the machine with the server.
type client struct {
	conn net.Conn
	in   *bufio.Reader
}

// clients opens n connections, which stay open until the benchmark ends.
func clients(b testing.TB, addr string, n int) []*client {
	b.Helper()
	out := make([]*client, n)
	for i := range out {
		conn, err := net.Dial("tcp", addr)
		must(b, err)
		b.Cleanup(func() { conn.Close() })
		out[i] = &client{conn, bufio.NewReaderSize(conn, 64<<10)}
	}
	return out
}

// answer is what came back. The body is empty unless it was asked for.
type answer struct {
	status int
	header map[string]string // canonical names; nil unless the body was asked for
	body   []byte
}

// send makes a request and throws the answer away, unless its status is another.
func (c *client) send(request []byte, status int) error {
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	a, length, err := c.head(false)
	if err != nil {
		return err
	}
	if a.status != status {
		body, _ := io.ReadAll(io.LimitReader(c.in, int64(length)))
		return fmt.Errorf("status %d, want %d: %s", a.status, status, body)
	}
	_, err = c.in.Discard(length)
	return err
}

// fetch makes a request and keeps the answer.
func (c *client) fetch(request []byte) (answer, error) {
	if _, err := c.conn.Write(request); err != nil {
		return answer{}, err
	}
	a, length, err := c.head(true)
	if err != nil {
		return a, err
	}
	a.body = make([]byte, length)
	_, err = io.ReadFull(c.in, a.body)
	return a, err
}

// head reads to the blank line. An answer without Content-Length has no body: the
// server chunks nothing that is asked for here.
func (c *client) head(keep bool) (a answer, length int, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return a, 0, err
	}
	if a.status, err = strconv.Atoi(string(line[len("HTTP/1.1 "):len("HTTP/1.1 200")])); err != nil {
		return a, 0, err
	}
	if keep {
		a.header = make(map[string]string)
	}
	for {
		line, err = c.in.ReadSlice('\n')
		if err != nil || len(line) <= len("\r\n") {
			return a, length, err
		}
		name, value, _ := bytes.Cut(line[:len(line)-len("\r\n")], []byte(": "))
		if string(name) == "Content-Length" {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return a, 0, err
			}
		}
		if keep {
			a.header[string(name)] = string(value)
		}
	}
}

// get is a GET request as a phone sends it. Headers are written as "Name: value".
func get(path string, headers ...string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: passes.example.org\r\nUser-Agent: passd/1.0\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n" +
		strings.Join(append(headers, ""), "\r\n") + "\r\n")
}

// post is a POST request with a JSON body.
func post(path string, body []byte, headers ...string) []byte {
	head := "POST " + path + " HTTP/1.1\r\nHost: passes.example.org\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n" +
		strings.Join(append(headers, ""), "\r\n") + "\r\n"
	return append([]byte(head), body...)
}
