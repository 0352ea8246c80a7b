// The example of the README: a program with the package KernelGateway.Client. PackageTests runs it.
using KernelGateway;
using KernelGateway.Client;
using KernelGateway.Executions;

using var gateway = new GatewayClient(Environment.GetEnvironmentVariable("GATEWAY_URL")!, Environment.GetEnvironmentVariable("GATEWAY_TOKEN"));
ICodeContext context = await gateway.CreateContextAsync(new() { Language = "python" });
ExecutionResult result = await context.RunAsync("print('computing'); 6 * 7", callbacks: new() { OnStdout = Console.Write });

Console.WriteLine(result.Text);                       // 42
await context.RemoveAsync();
