namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Is a link to documentation of the kernel's language.</summary>
/// <param name="Text">What to show.</param>
/// <param name="Url">Where it leads.</param>
public sealed record HelpLink(string Text, string Url);
