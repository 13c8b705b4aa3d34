package issuer

import (
	"strings"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/raster"
	"pocketpass/store"
)

// ofRedeemed begins the names of pictures of a design for redeemed passes.
const ofRedeemed = "redeemed/"

// withPictures is a design with new pictures among its images.
func withPictures(tx store.Tx, a Actor, d store.Design, all map[string]prepared) (_ store.Design, err error) {
	own, redeemed := splitPictures(all)
	if d.Images, err = putAssets(tx, a, d.Images, own); err != nil || d.Redeemed == nil {
		return d, err
	}
	other := *d.Redeemed
	other, err = withPictures(tx, a, other, redeemed)
	d.Redeemed = &other
	return d, err
}

// splitPictures tells those of a design from those of its design for redeemed passes.
func splitPictures(all map[string]prepared) (own, redeemed map[string]prepared) {
	own, redeemed = make(map[string]prepared), make(map[string]prepared)
	for name, p := range all {
		if rest, ok := strings.CutPrefix(name, ofRedeemed); ok {
			redeemed[rest] = p
		} else {
			own[name] = p
		}
	}
	return own, redeemed
}

func addSet(files pkpass.Bundle, name string, set raster.Set) {
	for _, v := range set.Pictures {
		if v.PNG != nil {
			files[pkpass.ImageName(pkpass.ImageKind(name), v.Scale)] = pkpass.NewFile(v.PNG)
		}
	}
}
