namespace KernelGateway.AspNetCore.Tests.Hosting;

/// <summary>Something that a host puts on the gateway's routes.</summary>
internal sealed class HostsOwn;
