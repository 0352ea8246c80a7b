// An agent that answers a question with code, files and commands. The model is a script, so that the sample runs without one.
// With a real model, replace the first line below, for example, with the package Microsoft.Extensions.AI.OpenAI:
//   IChatClient model = new OpenAIClient(key).GetResponsesClient("MODEL").AsIChatClient();
// The rest of the program stays the same. The model then runs whatever it likes with the rights of this process: use a sandbox or a container.
using AgentWithTools;
using KernelGateway;
using KernelGateway.Extensions.AI;
using KernelGateway.SandboxServices;
using KernelGateway.Tools;
using Microsoft.Extensions.AI;

using IChatClient model = new ScriptedModel();

var directory = Directory.CreateTempSubdirectory("agent-");
try
{
    await using var gateway = await Gateway.StartAsync();
    await using var sandbox = new LocalSandbox();
    // Code, files and commands use the same directory.
    await using var tools = new CodeTools(gateway, sandbox.Files, sandbox.Commands, new CodeToolsOptions
    {
        Context = new() { Language = "python", WorkingDirectory = directory.FullName },
    });
    using var client = model.AsBuilder().UseFunctionInvocation().Build();

    var response = await client.GetResponseAsync(
        "Write the first 2000 square numbers to squares.txt, tell me their sum, and draw them.",
        new ChatOptions { Tools = [.. tools.AsAIFunctions()] });

    foreach (var content in response.Messages.SelectMany(message => message.Contents))
    {
        Console.WriteLine(content switch
        {
            FunctionCallContent call => $"> {call.Name}",
            FunctionResultContent { Result: IEnumerable<AIContent> parts } => string.Join('\n', parts.Select(part => part switch
            {
                DataContent data => $"({data.MediaType} for the model)",
                _ => part.ToString(),
            })),
            FunctionResultContent result => result.Result,
            _ => content.ToString(),
        });
    }
}
finally
{
    directory.Delete(recursive: true);
}
