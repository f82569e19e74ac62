package rehearse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"dunlin/dunning"
	"dunlin/message"
)

// policy is what is rehearsed, with the text it was made from.
type policy struct {
	*dunning.Policy
	yaml []byte
}

// loadPolicy reads a policy file; a name without an ending is a policy that comes with Dunlin.
func loadPolicy(file string) (policy, error) {
	if file == "" {
		return policy{}, errors.New("which policy is rehearsed? name a file, or one of " + shipped())
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && filepath.Ext(file) == "" {
		for _, s := range dunning.Shipped() {
			if s.Policy.Name == file {
				return policy{s.Policy, s.YAML}, nil
			}
		}
		return policy{}, fmt.Errorf("%q is neither a file nor a policy that comes with Dunlin (%s)", file, shipped())
	}
	if err != nil {
		return policy{}, fmt.Errorf("the policy cannot be read: %w", err)
	}
	catalog, err := message.NewCatalog()
	if err != nil {
		return policy{}, err
	}
	p, err := dunning.Parse(file, text, templates{catalog})
	return policy{p, text}, err
}

func shipped() string {
	var names []string
	for _, s := range dunning.Shipped() {
		names = append(names, s.Policy.Name)
	}
	return strings.Join(names, ", ")
}

// templates tells a policy which messages can be written.
type templates struct{ *message.Catalog }

// Has says whether there is such a message.
func (t templates) Has(template string, act dunning.Act) bool {
	if act == dunning.SMS {
		return t.HasSMS(template)
	}
	return t.HasEmail(template)
}

// tail is the end of a log file.
func tail(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-2000):]))
}
