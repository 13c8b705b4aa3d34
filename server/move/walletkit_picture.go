package move

import (
	"strings"

	"pocketpass/signer/pkpass"
)

// someFiles is how many passes of a template are looked at to learn what it looks like.
const someFiles = 50

// usualPictures are those of a template: what most of its passes have.
func (m *Move) usualPictures(dir string) (map[string]string, error) {
	stems, err := m.Folder.stems(dir, ".pkpass")
	if err != nil {
		return nil, err
	}
	stems = stems[:min(len(stems), someFiles)]
	count := make(map[[2]string]int) // by file name and hash
	for _, s := range stems {
		f, err := m.readPassFile(dir + "/" + s + ".pkpass")
		if err != nil {
			continue // is told when the pass is made
		}
		for name, file := range f.files {
			if _, ok := pkpass.ParseImageName(name); ok {
				count[[2]string{name, hashName(string(file.Data))}]++
			}
		}
	}
	out := make(map[string]string)
	for picture, n := range count {
		if 2*n > len(stems) {
			out[picture[0]] = picture[1]
		}
	}
	return out, nil
}

// describePictures has a request name the pictures of a file that are its own, unless it
// names them.
func (w *walletKitMove) describePictures(body members, pictures map[string][]byte, file *passFile) {
	for _, member := range walletKitImages {
		name := pictureFile(member)
		f, ok := file.files[name]
		if _, named := body[member]; named || !ok || w.usual[name] == hashName(string(f.Data)) {
			continue
		}
		body[member], pictures[name] = raw(name), f.Data
	}
}

// pictureFile is where a pass has the picture of a member.
func pictureFile(member string) string {
	if kind, ok := strings.CutSuffix(member, "2x"); ok {
		return kind + "@2x.png"
	}
	return member + ".png"
}
