package api

import (
	"net/http"
	"strings"
	"testing"
)

func TestOperationWithoutRolesDoesNotStart(t *testing.T) {
	defer func() {
		text, _ := recover().(string)
		if !strings.Contains(text, "GET /open does not say who may call it") {
			t.Errorf("panic %q", text)
		}
	}()
	a := New(Config{})
	a.Register(http.NewServeMux())
	register(a.section("x", ""), operation{route: "GET /open", id: "open"}, a.me)
	t.Error("it started")
}
