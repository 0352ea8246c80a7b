namespace KernelGateway.AspNetCore.Description;

/// <summary>Stands for the JSON value <c>null</c>, and for no body at all.</summary>
internal sealed record Nothing;
