package markup_test

import (
	"html/template"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"pocketpass/ui/markup"
)

func TestAdd(t *testing.T) {
	var p markup.Page
	p.Add(`<a href="{}" title="{}">{}</a>`, markup.URL("/p/1?a=b&c"), markup.Text(`"Ada" & 'Bob'`), markup.Text("1 + 1 < 3"))
	p.AddIf(true, ` {}`, markup.Text("{}"))
	p.AddIf(false, `<p>{}</p>`, markup.Text("never"))
	const want = `<a href="/p/1?a=b&amp;c" title="&#34;Ada&#34; &amp; &#39;Bob&#39;">1 &#43; 1 &lt; 3</a> {}`
	if p.String() != want {
		t.Errorf("got %s", p.String())
	}
}

// TestURL: addresses are followed unless following them runs something.
func TestURL(t *testing.T) {
	const refused = "#refused"
	for given, want := range map[string]string{
		"https://example.org/é b":   "https://example.org/%c3%a9%20b",
		"HTTPS://example.org/":      "HTTPS://example.org/",
		"mailto:ada@example.org":    "mailto:ada@example.org",
		"//example.org/x":           "//example.org/x",
		"/path:1":                   "/path:1",
		"?q=50%25":                  "?q=50%25",
		"50%":                       "50%25",
		"%4":                        "%254",
		"#q0":                       "#q0",
		"":                          "",
		"/(x)'\"<>`\\":              "/%28x%29%27%22%3c%3e%60%5c",
		"javascript:alert(1)":       refused,
		"JaVaScRiPt:alert(1)":       refused,
		" javascript:alert(1)":      refused,
		"java\nscript:alert(1)":     refused,
		"\x00javascript:alert(1)":   refused,
		"javascript&colon;alert(1)": "javascript&amp;colon;alert%281%29",
		"javascript%3aalert(1)":     "javascript%3aalert%281%29",
		"vbscript:x":                refused,
		"data:text/html,<script>alert(1)</script>": refused,
		"blob:https://example.org/1":               refused,
		":":                                        refused,
	} {
		var p markup.Page
		p.Add(`<a href="{}">`, markup.URL(given))
		if got := p.String(); got != `<a href="`+want+`">` {
			t.Errorf("%q became %s", given, got)
		}
	}
}

// TestMisplaced: what does not fit is found by the first test that draws the page.
func TestMisplaced(t *testing.T) {
	text, url := markup.Text("x"), markup.URL("x")
	for name, add := range map[string]func(*markup.Page){
		"text as an address":       func(p *markup.Page) { p.Add(`<a href="{}">`, text) },
		"text as a form's address": func(p *markup.Page) { p.Add(`<form method="post" action="{}">`, text) },
		"text as a source":         func(p *markup.Page) { p.Add("<img\nsrc=\"{}\">", text) },
		"address as text":          func(p *markup.Page) { p.Add(`<p>{}</p>`, url) },
		"address as a title":       func(p *markup.Page) { p.Add(`<p title="{}">`, url) },
		"half an address":          func(p *markup.Page) { p.Add(`<a href="javascript:{}">`, url) },
		"several sources":          func(p *markup.Page) { p.Add(`<img srcset="{}">`, text) },
		"a script":                 func(p *markup.Page) { p.Add(`<script>var x = "{}"</script>`, text) },
		"a style":                  func(p *markup.Page) { p.Add(`<style media="print">p { color: {} }</style>`, text) },
		"a handler":                func(p *markup.Page) { p.Add(`<p onclick="{}">`, text) },
		"a style attribute":        func(p *markup.Page) { p.Add(`<p style="{}">`, text) },
		"a page in an attribute":   func(p *markup.Page) { p.Add(`<iframe srcdoc="{}">`, text) },
		"no quotes":                func(p *markup.Page) { p.Add(`<p title={}>`, text) },
		"single quotes":            func(p *markup.Page) { p.Add(`<p title='{}'>`, text) },
		"the name of an attribute": func(p *markup.Page) { p.Add(`<p {}>`, text) },
		"the name of an element":   func(p *markup.Page) { p.Add(`<{}>`, text) },
		"a tag begun before":       func(p *markup.Page) { p.Add(`<p`); p.Add(` {}`, text) },
		"too few values":           func(p *markup.Page) { p.Add(`<p>{}{}</p>`, text) },
		"too many values":          func(p *markup.Page) { p.Add(`<p>{}</p>`, text, text) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("was taken")
				}
			}()
			add(new(markup.Page))
		})
	}
}

// oracle escapes by what html/template knows of HTML.
var oracle = template.Must(template.New("").Parse(`<title>{{.}}</title><p class="{{.}}">{{.}}</p><a href="{{.}}">`))

// FuzzEscape compares with html/template, and with what a browser's parser makes of it:
// one text, one class, and not an element more.
func FuzzEscape(f *testing.F) {
	for _, seed := range []string{`"'><script>alert(1)</script>`, "</title>&lt;+\x00\xff", "javascript:1", "https://example.org/%2f%2 é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var p markup.Page
		p.Add(`<title>{}</title><p class="{}">{}</p><a href="{}">`, markup.Text(s), markup.Text(s), markup.Text(s), markup.URL(s))
		var want strings.Builder
		if err := oracle.Execute(&want, s); err != nil {
			t.Fatal(err)
		}
		if known := strings.ReplaceAll(want.String(), `"#ZgotmplZ"`, `"#refused"`); p.String() != known {
			t.Errorf("%q is %s, not %s", s, p.String(), known)
		}
		if got := tags(t, p.String()); got != "title /title p class /p a href " {
			t.Errorf("%q is read as %s", s, got)
		}
	})
}

// tags lists names of elements and attributes as a browser sees them.
func tags(t *testing.T, page string) string {
	t.Helper()
	var out strings.Builder
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			return out.String()
		case html.StartTagToken:
			token := z.Token()
			out.WriteString(token.Data + " ")
			for _, a := range token.Attr {
				out.WriteString(a.Key + " ")
			}
		case html.EndTagToken:
			out.WriteString("/" + z.Token().Data + " ")
		}
	}
}
