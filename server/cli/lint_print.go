package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"pocketpass/signer/pkpass"
)

// lintPrinter writes what was found, for people or as lines of JSON.
type lintPrinter struct {
	w                    io.Writer
	json, notes, verbose bool
}

func (p lintPrinter) print(l linted) error {
	for _, f := range l.Findings {
		if f.Severity == pkpass.Note && !p.notes {
			continue
		}
		if err := p.finding(l.file, f); err != nil {
			return err
		}
	}
	if !p.verbose || l.bundle {
		return nil
	}
	return p.summary(summarise(l))
}

func (p lintPrinter) finding(file string, f pkpass.Finding) error {
	if p.json {
		return printJSON(p.w, struct {
			File string `json:"file"`
			pkpass.Finding
		}{file, f})
	}
	place := ""
	if f.Path != "" {
		place = " in " + f.Path
	}
	_, err := fmt.Fprintf(p.w, "%s: %s: %s%s\n    effect: %s\n    remedy: %s\n",
		plain(file), f.Severity, f.Code, plain(place), plain(f.Effect), plain(f.Remedy))
	return err
}

// plain takes out what a foreign file could steer the terminal with.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

func (p lintPrinter) summary(s lintSummary) error {
	if p.json {
		return printJSON(p.w, s)
	}
	_, err := fmt.Fprintln(p.w, plain(s.String()))
	return err
}

// lintSummary is the line about a pass as a whole. What could not be read is
// empty.
type lintSummary struct {
	File               string    `json:"file"`
	Verdict            string    `json:"verdict"` // ok, or the worst severity above note
	PassTypeIdentifier string    `json:"passTypeIdentifier,omitzero"`
	TeamIdentifier     string    `json:"teamIdentifier,omitzero"`
	SerialNumber       string    `json:"serialNumber,omitzero"`
	SignedAt           time.Time `json:"signedAt,omitzero"`
	ValidUntil         time.Time `json:"certificateValidUntil,omitzero"`
	Demo               bool      `json:"demo"` // signed by a demo authority
}

func summarise(l linted) lintSummary {
	s := lintSummary{File: l.file, Verdict: "ok", SignedAt: l.Signature.SigningTime, Demo: l.Signature.Demo}
	if len(l.Findings) > 0 && l.Findings[0].Severity != pkpass.Note {
		s.Verdict = string(l.Findings[0].Severity)
	}
	if d := l.Document; d != nil {
		s.PassTypeIdentifier, s.TeamIdentifier, s.SerialNumber = d.PassTypeIdentifier, d.TeamIdentifier, d.SerialNumber
	}
	if c := l.Signature.Leaf; c != nil {
		s.ValidUntil = c.NotAfter
	}
	return s
}

func (s lintSummary) String() string {
	var parts []string
	add := func(name, text string) {
		if text != "" {
			parts = append(parts, name+" "+text)
		}
	}
	add("pass type", s.PassTypeIdentifier)
	add("team", s.TeamIdentifier)
	add("serial number", s.SerialNumber)
	add("signed", moment(s.SignedAt))
	add("certificate valid until", moment(s.ValidUntil))
	if s.Demo {
		parts = append(parts, "from a demo authority, which phones refuse")
	}
	return strings.TrimSuffix(s.File+": "+s.Verdict+": "+strings.Join(parts, ", "), ": ")
}

// moment is t to the minute, empty for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}
