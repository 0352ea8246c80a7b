using System.ComponentModel;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>Whether the gateway is known to work.</summary>
[Description("Whether the gateway is known to work: true once the kernels have answered that were asked for at the start.")]
internal sealed record ReadyBody(
    [property: Description("True once the kernels have answered that were asked for at the start; without any, once a kernel has answered.")] bool Ready,
    [property: Description("How many contexts there are.")] int Contexts);
