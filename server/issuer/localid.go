package issuer

import (
	"errors"
	"unicode/utf8"

	"pocketpass/store"
)

// maxLocalID bounds an id that is unique in its campaign, in characters.
const maxLocalID = 255

func checkLocalID(id *string) error {
	if id != nil && (utf8.RuneCountInString(*id) > maxLocalID || !printable(*id)) {
		return invalid("/localId", "local_id", "a local id has up to %d characters and no control characters", maxLocalID)
	}
	return nil
}

// CodeLocalTaken is what a pass is refused with whose local id another of its campaign has.
const CodeLocalTaken = "local_id_taken"

func localTaken() *Error {
	e := conflict(CodeLocalTaken, "another pass of the campaign has this local id; choose another or change that one")
	e.Fields = []FieldError{{Path: "/localId", Msg: e.Msg}}
	return e
}

// whoseLocalID makes a Conflict of a unique value of a changed pass that another holds:
// of those that a change can set there is no other.
func whoseLocalID(err error) error {
	if errors.Is(err, store.ErrExists) {
		return localTaken()
	}
	return err
}
