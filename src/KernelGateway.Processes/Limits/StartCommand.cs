namespace KernelGateway.Processes.Limits;

/// <summary>A program to start, with its arguments and its environment.</summary>
/// <param name="ProgramPath">The program's absolute path.</param>
/// <param name="Argv">The arguments, program first.</param>
/// <param name="Environment">The variables.</param>
internal sealed record StartCommand(
    string ProgramPath, IReadOnlyList<string> Argv, IReadOnlyDictionary<string, string> Environment);
