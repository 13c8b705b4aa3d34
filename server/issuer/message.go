package issuer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/placeholder"
	"pocketpass/store"
)

// Message is a text for the holder of a pass.
type Message struct {
	Text  string // may have placeholders, which are filled when it is sent and never again
	Again bool   // announce it even if the pass shows it already
}

const (
	// messageKey is the key of the field on the back that shows a message where the
	// campaign names no field of its templates. Nobody else can use it.
	messageKey = "pocketpass.message"

	maxMessage = 1000 // characters

	// joiner cannot be seen. Phones announce only what changes, so a text that is sent
	// again is one with it after one without, or the other way round.
	joiner = "\u2060"
)

func (m Message) check() error {
	switch {
	case strings.TrimSpace(m.Text) == "":
		return invalid("/text", "message_empty", "give the text of the message")
	case !utf8.ValidString(m.Text) || strings.ContainsFunc(m.Text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }):
		return invalid("/text", "message_characters", "a message has no control characters but line feeds; take them out")
	case utf8.RuneCountInString(m.Text) > maxMessage:
		return invalid("/text", "message_long", "a message has up to %d characters; shorten it", maxMessage)
	}
	if _, err := placeholder.Parse(m.Text); err != nil {
		return invalid("/text", "message_placeholder", "a placeholder in the text is wrong: %v", err)
	}
	return nil
}

// over is what a pass shows once text is sent to it.
func (m Message) over(shown, text string) string {
	if m.Again && shown == text {
		return text + joiner
	}
	if !m.Again && strings.TrimSuffix(shown, joiner) == text {
		return shown
	}
	return text
}

// Shown is the message that a pass shows, "" for none.
func Shown(p store.Pass) string { return strings.TrimSuffix(p.Message, joiner) }

// say puts the message of the pass into its document. Placeholders were filled by
// then: what was sent is not filled again.
func (s subject) say(doc *pkpass.Document) {
	for _, style := range doc.Styles() {
		if f := messageField(style, s.campaign.MessageField); f != nil {
			s.sayIn(f)
			continue
		}
		if s.pass.Message != "" {
			style.BackFields = append(style.BackFields, pkpass.Field{
				Key: messageKey, Label: messageLabel(s.campaign.Language), Value: pkpass.Text(s.pass.Message), ChangeMessage: "%@"})
		}
	}
}

// sayIn shows the message in a field of the template. Without one the field shows its
// own value and announces nothing, so that a message is taken back in silence.
func (s subject) sayIn(f *pkpass.Field) {
	if s.pass.Message == "" {
		f.ChangeMessage = ""
		return
	}
	f.Value, f.AttributedValue = pkpass.Text(s.pass.Message), pkpass.Value{}
}

// messageField is the field with the key if it can show a text, else nil.
func messageField(style *pkpass.Style, key string) *pkpass.Field {
	if key == "" {
		return nil
	}
	f := style.FieldByKey(key)
	if f == nil || f.IsDate() || f.NumberStyle != "" || f.CurrencyCode != "" {
		return nil
	}
	return f
}

// checkMessageField refuses a field that could not announce messages on the passes of
// a template.
func (i *Issuer) checkMessageField(r store.Reader, org, template store.ID, key string) error {
	t, err := r.Template(org, template)
	if template == 0 || err == nil && t.Published == 0 {
		return noTemplateForMessages
	}
	if err != nil {
		return missing(err, "/template", "template")
	}
	d, err := i.design(r, org, template, t.Published)
	if err != nil {
		return err
	}
	return announces(d.document, key)
}

// announces refuses a field that could not announce messages on passes of a document.
func announces(doc *pkpass.Document, key string) error {
	_, style := doc.Style()
	f := messageField(style, key)
	switch {
	case f == nil:
		return invalid("/messageField", "message_field", "the template has no field %.60q for texts; name one without dateStyle, numberStyle and the like", key)
	case strings.Count(f.ChangeMessage, "%@") != 1:
		return invalid("/messageField", "message_field", "phones announce nothing of the field %.60q; give it a changeMessage with %%@ in the template", key)
	}
	return nil
}

var noTemplateForMessages = invalid("/messageField", "message_field", "the campaign has no published template with the field; publish one first")

// refuseMessageKey refuses a document with a field that has the server's own key.
func refuseMessageKey(path string, doc *pkpass.Document) error {
	if hasField(doc, messageKey) {
		return invalid(path, "key_reserved", "the field key %s is the server's own; choose another", messageKey)
	}
	return nil
}

// messageLabel is what stands over a message, in the language of a campaign.
func messageLabel(tag string) string {
	_, n, _ := lettersIn.Match(language.Make(tag))
	return messageLabels[letterLanguages[n]]
}

var messageLabels = map[string]string{
	"en": "Message", "de": "Nachricht", "es": "Mensaje", "fr": "Message", "it": "Messaggio", "nl": "Bericht", "pt": "Mensagem",
}
