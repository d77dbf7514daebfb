#!/bin/sh
# Stands before `aws` and `eksctl` in the shell of a lab: the real ones would ask a real account.
cat >&2 <<END
error: there is no AWS in this lab, so \`${0##*/}\` was not run and nothing was sent

hint: node groups, zones and sizes are labels: \`kubectl get nodes --show-labels\`
      what there is of EKS: labctl book "What is real and what is simulated"
END
exit 1
