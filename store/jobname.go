package store

import (
	"pocketpass/store/kv"
)

// jobNames are what the items of a job call the passes that they are about. They
// are written by jobs that look through a file before they change anything, so that
// two items that claim the same name are found without holding all of them in memory.
const jobNames kv.Table = "job_name"

// ClaimName notes that an item of a job wants a name for an owner. Another owner that
// has it already is returned; free says that there is none.
func (tx Tx) ClaimName(job ID, name, owner string) (other string, free bool, err error) {
	key := join(job, name)
	raw, taken, err := tx.kv.Get(jobNames, key)
	if err != nil || !taken {
		if err == nil {
			err = tx.kv.Put(jobNames, key, wrap([]byte(owner)))
		}
		return "", true, err
	}
	held, err := unwrap(raw)
	return string(held), string(held) == owner, err
}

func (tx Tx) dropJobNames(job ID, limit int) (bool, error) {
	return tx.drop(jobNames, join(job), limit)
}
