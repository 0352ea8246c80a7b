using System.ComponentModel;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>Whether the gateway is known to work.</summary>
[Description("Whether the gateway is ready: true when the kernels that start with it have answered.")]
internal sealed record ReadyBody(
    [property: Description("True when the kernels that start with the gateway have answered; if there are none, when any kernel has answered.")] bool Ready,
    [property: Description("The number of contexts.")] int Contexts);
