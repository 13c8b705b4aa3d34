package issuer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
)

// TestLetterGolden holds every byte of the mails that people read, also of one whose
// texts want to be more than text.
func TestLetterGolden(t *testing.T) {
	const hostile = `"'><script>alert(1)</script> & + {{.}} {} é😀`
	w, o, p := newOffice(t, nil)
	plain, strange := byMail, byMail
	strange.Name, strange.Subject, strange.Text = hostile, hostile, hostile+"\r\n\r\n<b>second</b>\nline"
	for i, name := range []string{"plain", "hostile"} {
		sent := w.sendPass(t, p, []issuer.Sending{plain, strange}[i])
		w.deliverParcels(t, sent.ID, settled(1))
		all := o.got()
		got := strings.ReplaceAll(all[len(all)-1].HTML, p.PublicID, "k3v9qm1tt0abr7")
		file := filepath.Join("testdata", "letter-"+name+".html")
		if *servertest.Update {
			must(t, os.WriteFile(file, []byte(got), 0o644))
		}
		want, err := os.ReadFile(file)
		must(t, err)
		if got != string(want) {
			t.Errorf("%s is now (-update takes it):\n%s", file, got)
		}
	}
}
