package sample

import (
	"encoding/json"
	"fmt"
)

// WithFeeds adds to creditors' profiles how often statements of their accounts come, by account. The sample
// itself names no rhythm: where nobody delivers statements, nothing may wait for them.
func WithFeeds(creditors map[string]json.RawMessage, rhythms map[string]string) (map[string]json.RawMessage, error) {
	all := make(map[string]json.RawMessage, len(creditors))
	for id, profile := range creditors {
		var c map[string]any
		if err := json.Unmarshal(profile, &c); err != nil {
			return nil, fmt.Errorf("creditor %s: %w", id, err)
		}
		accounts, _ := c["bank_accounts"].([]any)
		for _, one := range accounts {
			a, _ := one.(map[string]any)
			for _, field := range []string{"iban", "account"} {
				number, _ := a[field].(string)
				if rhythm := rhythms[number]; rhythm != "" {
					a["feed"] = rhythm
				}
			}
		}
		text, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		all[id] = text
	}
	return all, nil
}
