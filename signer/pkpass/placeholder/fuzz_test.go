package placeholder_test

import (
	"testing"

	"pocketpass/signer/pkpass/placeholder"
)

// FuzzParse holds that what can be parsed is printed so that it parses to the same,
// and that it can be filled.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "{", "}}", "Hello {{name}}!", "{{ name | upper }}", `{{"odd \"|key"|default:"a, \"b\""}}`, "{{'{{'}}{{'it''s'}}", "{{'{'}}{{name}}}",
		"{{account.uses|bar:10,●,○}}", "{{expires|date:medium}}{{n|number:2|lower}}", "{{{x}}", "{{x", "{{x|default: b }}", "a{{'{'}}{{'{'}}b", "{{greeting}}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, err := placeholder.Parse(s)
		if err != nil {
			t.Skip()
		}
		printed := text.String()
		again, err := placeholder.Parse(printed)
		if err != nil {
			t.Fatalf("%q was printed as %q: %v", s, printed, err)
		}
		if again.String() != printed {
			t.Errorf("%q was printed as %q and then as %q", s, printed, again)
		}
		got, found := fill(t, scope(t), s, declared...)
		also, _ := fill(t, scope(t), printed, declared...)
		if len(found) == 0 && got != also {
			t.Errorf("%q becomes %q, printed as %q it becomes %q", s, got, printed, also)
		}
	})
}
