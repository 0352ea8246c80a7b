using KernelGateway.Testing.Fixtures;

namespace KernelGateway.FunctionalTests.Documentation;

/// <summary>The part of an example's source file that a page shows.</summary>
internal static class ShownCode
{
    private const string Begin = "// The page shows what follows.";
    private const string End = "// The page shows what is above.";

    // Of the body of a method.
    private const int Indentation = 8;

    /// <summary>Reads the lines between the two comments of a source file in this folder.</summary>
    /// <param name="type">The name of the type, which is that of the file.</param>
    public static string Read(string type) => string.Join(
        '\n',
        File.ReadAllLines(Repository.PathOf("tests", "KernelGateway.FunctionalTests", "Documentation", $"{type}.cs"))
            .SkipWhile(line => line.Trim() != Begin).Skip(1)
            .TakeWhile(line => line.Trim() != End)
            .Select(line => line.Length > Indentation ? line[Indentation..] : line));
}
