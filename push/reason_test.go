package push

import (
	"strings"
	"testing"
)

func TestEveryReasonIsExplained(t *testing.T) {
	if len(reasons) < 30 {
		t.Fatalf("%d reasons, want all of Apple's", len(reasons))
	}
	for word := range reasons {
		meaning, remedy := Explain(word)
		if meaning == "" || remedy == "" || strings.HasSuffix(meaning, ".") || strings.HasSuffix(remedy, ".") {
			t.Errorf("%s: %q, %q; want two sentences without a period", word, meaning, remedy)
		}
	}
	for _, word := range []string{"", "NewWord"} {
		if meaning, remedy := Explain(word); !strings.Contains(meaning, word) || remedy == "" {
			t.Errorf("%q: %q, %q", word, meaning, remedy)
		}
	}
}
