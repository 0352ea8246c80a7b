namespace KernelGateway.Architecture.Tests;

/// <summary>The pairs of namespaces that still make a circle. The list only shrinks: a test fails for a pair that makes none any more.</summary>
internal static class AllowedPairs
{
    public static IReadOnlySet<NamespacePair> In(string assembly) => assembly switch
    {
        "KernelGateway" => Pairs(
            "KernelGateway.Launching",
            ("", ".RunDirectories"),
            ("", ".Processes"),
            ("", ".Addresses"),
            ("", ".Registration"),
            (".Native", "")),
        "KernelGateway.Zmtp" => Pairs(
            "KernelGateway.Zmtp",
            (".Framing", ".Handshake"),
            (".Queues", ".Connections"),
            (".Subscriptions", ".Connections"),
            (".ZmtpMessage", ".Connections"),
            (".ZmtpMessage", ".Framing")),
        "KernelGateway.Protocol" => Pairs(
            "KernelGateway.Protocol.Messages",
            ("", ".IOPub")).Append(new NamespacePair("KernelGateway.Protocol.Messages", "KernelGateway.Protocol.Wire")).ToHashSet(),
        "KernelGateway.AspNetCore" => Pairs(
            "KernelGateway.AspNetCore",
            (".Errors", ".Requests"),
            (".CodeInterpreter.Bodies", ".CodeInterpreter"),
            (".Jupyter.Bodies", ".Jupyter"),
            (".Jupyter.Bodies", ".Jupyter.Kernels"),
            (".Jupyter.Bodies", ".Jupyter.Kernelspecs"),
            (".Jupyter.Bodies", ".Jupyter.Sessions"),
            (".Jupyter", ".Jupyter.Channels"),
            (".Jupyter", ".Jupyter.Kernels"),
            (".Jupyter", ".Jupyter.Kernelspecs"),
            (".Jupyter", ".Jupyter.Server"),
            (".Jupyter", ".Jupyter.Sessions")),
        _ => new HashSet<NamespacePair>(),
    };

    private static HashSet<NamespacePair> Pairs(string prefix, params (string From, string To)[] pairs) =>
        [.. pairs.Select(pair => new NamespacePair(prefix + pair.From, prefix + pair.To))];
}
