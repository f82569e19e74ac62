package dunning

import (
	"sort"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// rawPolicy is the file as written: every value a text, so that each can be refused at its own place.
type rawPolicy struct {
	Policy            string               `yaml:"policy"`
	Version           int                  `yaml:"version"`
	Kind              string               `yaml:"kind"`
	Description       string               `yaml:"description"`
	MergeWindow       string               `yaml:"merge_window"`
	Promise           rawPromise           `yaml:"promise"`
	AcknowledgeWithin string               `yaml:"acknowledge_within"`
	Windows           map[string]rawWindow `yaml:"windows"`
	Caps              rawCaps              `yaml:"caps"`
	Decide            *rawRules            `yaml:"decide"`
	Steps             []rawStep            `yaml:"steps"`
}

type rawPromise struct {
	BankGrace string `yaml:"bank_grace"`
}

type rawWindow struct {
	Open string `yaml:"open"`
	Days string `yaml:"days"`
	Gap  string `yaml:"gap"`
}

type rawCaps struct {
	Contacts string `yaml:"contacts"`
}

type rawRules struct {
	SmallBalance  map[string]string `yaml:"small_balance"`
	LawyerFrom    map[string]string `yaml:"lawyer_from"`
	ApprovalAbove map[string]string `yaml:"approval_above"`
}

type rawStep struct {
	ID       string   `yaml:"id"`
	Title    string   `yaml:"title"`
	Letter   string   `yaml:"letter"`
	Class    string   `yaml:"class"`
	At       string   `yaml:"at"`
	Acts     []string `yaml:"acts"`
	Template string   `yaml:"template"`
	Fallback string   `yaml:"fallback"`
	Late     rawLate  `yaml:"late"`
	MinGap   string   `yaml:"min_gap"`
	SLA      string   `yaml:"sla"`
}

type rawLate struct {
	Rule  string `yaml:"rule"`
	After string `yaml:"after"`
}

const (
	policyKeys = "policy version kind description merge_window promise acknowledge_within windows caps decide steps"
	otherKeys  = "bank_grace service reminder formal open days gap contacts small_balance lawyer_from approval_above rule after"
	stepKeys   = "id title letter class at acts template fallback late min_gap sla"
)

// keyHint proposes the known key that is nearest to a mistyped one.
func keyHint(key string) string {
	all := strings.Fields(policyKeys + " " + otherKeys + " " + stepKeys)
	sort.SliceStable(all, func(i, j int) bool { return edits(key, all[i]) < edits(key, all[j]) })
	if edits(key, all[0]) <= 2 {
		return "did you mean " + all[0] + "?"
	}
	return "a policy knows: " + policyKeys + "; a step knows: " + stepKeys
}

// edits counts the letters to change, add or drop between two words.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// start returns where a node begins; a mapping begins at its first key.
func start(n ast.Node) *token.Position {
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return start(n.Values[0])
		}
	case *ast.MappingValueNode:
		return start(n.Key)
	case *ast.SequenceNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return start(n.Values[0])
		}
	}
	return n.GetToken().Position
}
