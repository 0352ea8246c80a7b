using System.ComponentModel;

namespace KernelGateway.AspNetCore.Envd.Machine;

/// <summary>The answer of <c>/metrics</c>.</summary>
internal sealed record MetricsBody(
    [property: Description("When it was read, in seconds since 1970.")] long Ts,
    [property: Description("The number of processors.")] int CpuCount,
    [property: Description("How much of them was used since the last request, from 0 to 100.")] double CpuUsedPct,
    [property: Description("The memory in bytes.")] long MemTotal,
    [property: Description("The used memory in bytes, without the cache of files.")] long MemUsed,
    [property: Description("The cache of files in bytes.")] long MemCache,
    [property: Description("The size of the file system in bytes.")] long DiskTotal,
    [property: Description("How much of it is used, in bytes.")] long DiskUsed,
    [property: Description("The memory in MiB.")] long MemTotalMib,
    [property: Description("The used memory in MiB.")] long MemUsedMib);

/// <summary>The body of <c>/init</c>.</summary>
internal sealed record InitBody(
    [property: Description("Environment variables that replace those of the last call.")] Dictionary<string, string>? EnvVars,
    [property: Description("The token. It cannot be changed: another one is refused.")] string? AccessToken,
    [property: Description("When the values were made. Older ones than those in use are ignored.")] string? Timestamp,
    [property: Description("The user of requests that name none.")] string? DefaultUser,
    [property: Description("The absolute path that an empty path means.")] string? DefaultWorkdir);
