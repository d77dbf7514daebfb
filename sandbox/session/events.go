package session

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ForgetEvents deletes all events: those of a cluster that is being prepared would look like old trouble of each
// cluster that starts from it.
func (s *Session) ForgetEvents(ctx context.Context) error {
	for _, namespace := range []string{metav1.NamespaceDefault, metav1.NamespaceSystem} {
		err := s.client.CoreV1().Events(namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
		if err != nil {
			return fmt.Errorf("failed to delete the events in `%s`: %w", namespace, err)
		}
	}
	return nil
}
