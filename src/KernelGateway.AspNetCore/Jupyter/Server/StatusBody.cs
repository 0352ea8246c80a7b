using System.ComponentModel;

namespace KernelGateway.AspNetCore.Jupyter.Server;

/// <summary>What the server is doing.</summary>
[Description("What the server is doing.")]
internal sealed record StatusBody(
    [property: Description("When it began to serve, UTC.")] string Started,
    [property: Description("When a client or a kernel last did something, UTC.")] string LastActivity,
    [property: Description("How many kernels there are.")] int Kernels,
    [property: Description("How many clients are connected to their channels.")] int Connections);
