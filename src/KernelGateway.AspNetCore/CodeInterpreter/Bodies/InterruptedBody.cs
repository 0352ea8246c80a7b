using System.ComponentModel;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>What an interrupt came to.</summary>
[Description("What an interrupt came to.")]
internal sealed record InterruptedBody(
    [property: Description("Whether an execution was ended by it; false when there was nothing to interrupt, or it was over already.")]
    bool Interrupted);
