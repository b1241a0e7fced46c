package report

// The parts of SARIF 2.1.0 that are written. Names are those of the standard.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool              sarifTool                `json:"tool"`
	Invocations       []sarifInvocation        `json:"invocations"`
	Automation        sarifAutomation          `json:"automationDetails"`
	Provenance        []sarifProvenance        `json:"versionControlProvenance,omitempty"`
	OriginalURIBaseID map[string]sarifArtifact `json:"originalUriBaseIds"`
	ColumnKind        string                   `json:"columnKind"`
	Results           []sarifResult            `json:"results"`
	Properties        map[string]any           `json:"properties"`
}

type sarifTool struct {
	Driver sarifComponent `json:"driver"`
}

type sarifComponent struct {
	Name          string            `json:"name"`
	Version       string            `json:"version,omitempty"`
	Short         sarifMessage      `json:"shortDescription"`
	Rules         []sarifDescriptor `json:"rules"`
	Notifications []sarifDescriptor `json:"notifications"`
}

type sarifDescriptor struct {
	ID            string              `json:"id"`
	Name          string              `json:"name,omitempty"`
	Short         sarifMessage        `json:"shortDescription"`
	Full          *sarifMessage       `json:"fullDescription,omitempty"`
	Help          *sarifMessage       `json:"help,omitempty"`
	Configuration *sarifConfiguration `json:"defaultConfiguration,omitempty"`
	Properties    map[string]any      `json:"properties,omitempty"`
}

type sarifConfiguration struct {
	Level string `json:"level"`
}

type sarifMessage struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifAutomation struct {
	ID string `json:"id"`
}

type sarifProvenance struct {
	RepositoryURI string        `json:"repositoryUri"`
	RevisionID    string        `json:"revisionId,omitempty"`
	MappedTo      sarifArtifact `json:"mappedTo"`
}

type sarifInvocation struct {
	Successful      bool                `json:"executionSuccessful"`
	ExitCode        int                 `json:"exitCode"`
	ExitDescription string              `json:"exitCodeDescription,omitempty"`
	Start           string              `json:"startTimeUtc,omitempty"`
	End             string              `json:"endTimeUtc,omitempty"`
	Notifications   []sarifNotification `json:"toolExecutionNotifications"`
}

type sarifNotification struct {
	Descriptor sarifReference  `json:"descriptor"`
	Level      string          `json:"level"`
	Message    sarifMessage    `json:"message"`
	Locations  []sarifLocation `json:"locations,omitempty"`
}

type sarifReference struct {
	ID string `json:"id"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	Level        string             `json:"level"`
	Message      sarifMessage       `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Fingerprints map[string]string  `json:"partialFingerprints"`
	Suppressions []sarifSuppression `json:"suppressions"` // of all results or of none, the standard says
	Properties   map[string]any     `json:"properties,omitempty"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification"`
}

type sarifLocation struct {
	Physical *sarifPhysical `json:"physicalLocation,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI         string        `json:"uri,omitempty"`
	URIBaseID   string        `json:"uriBaseId,omitempty"`
	Description *sarifMessage `json:"description,omitempty"`
}

type sarifRegion struct {
	StartLine int `json:"startLine"`
	EndLine   int `json:"endLine"`
}
