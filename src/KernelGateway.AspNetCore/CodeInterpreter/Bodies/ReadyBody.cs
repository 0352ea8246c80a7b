using System.ComponentModel;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>Whether the gateway is known to work.</summary>
[Description("Whether the gateway is known to work: true once a kernel has answered.")]
internal sealed record ReadyBody(
    [property: Description("True once a kernel has answered.")] bool Ready,
    [property: Description("How many contexts there are.")] int Contexts);
